"""The comparison with a LangChain script runs where the extra `baseline` is installed, and says so where it is not."""

import importlib.util

import pytest

from sourcier_core.errors import ExtraMissing
from sourcier_evaluation.langchain_baseline import baseline_report, measure_baseline
from sourcier_evaluation.sets import EvaluationDocument
from sourcier_evaluation.word_projection import WordProjection

PACKAGES = ("langchain_community", "langchain_text_splitters", "langchain_qdrant")
INSTALLED = all(importlib.util.find_spec(name) for name in PACKAGES)
DOCUMENTS = [
    EvaluationDocument(id=f"{number}", title=f"Rule {number}", text=f"Rule {number} holds. " * 80, language="en")
    for number in range(3)
]


@pytest.mark.skipif(not INSTALLED, reason="the extra `baseline` is not installed")
@pytest.mark.filterwarnings("ignore")  # LangChain's own
def test_both_load_the_same_documents() -> None:
    found = measure_baseline(DOCUMENTS, WordProjection())
    assert found.documents == 3
    assert found.langchain_chunks >= 3
    assert found.sourcier_passages >= 3
    assert found.langchain_characters > 1000 < found.sourcier_characters
    assert found.ratio > 0
    assert "times as fast" in baseline_report(found)


@pytest.mark.skipif(INSTALLED, reason="the extra `baseline` is installed")
def test_a_missing_extra_is_named() -> None:
    with pytest.raises(ExtraMissing, match="baseline"):
        measure_baseline(DOCUMENTS, WordProjection())
