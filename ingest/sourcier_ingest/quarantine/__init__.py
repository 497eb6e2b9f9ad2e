"""Looks at a parsed document before it is published: does it hold what should be read by a person first?"""
