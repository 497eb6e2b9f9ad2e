"""Entailment models: does a text say what a sentence claims?"""
