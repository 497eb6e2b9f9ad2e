"""What the fork server loads: nothing that would reach for a model, nor what is only ever refused."""

import subprocess
import sys

_PROGRAM = """
import sys
import sourcier_ingest.parsing.preloaded
print([name for name in ("spacy", "filelock", "torch", "transformers", "unstructured.documents.ontology")
       if name in sys.modules])
from unstructured.partition.text_type import sent_tokenize
from sourcier_ingest.parsing.unstructured_offline import StandInCalled
try:
    sent_tokenize("A sentence. Another.")
except StandInCalled:
    print("refused")
"""


def test_the_models_of_unstructured_are_not_loaded_and_their_stand_ins_refuse() -> None:
    done = subprocess.run([sys.executable, "-c", _PROGRAM], capture_output=True, text=True, check=True, timeout=120)
    assert done.stdout.splitlines() == ["[]", "refused"], done.stderr
