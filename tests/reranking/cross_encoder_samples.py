"""A tiny random cross-encoder, made here; torch is imported only when it is asked for."""

from collections.abc import Sequence
from pathlib import Path

from embedding.model_samples import SHAPE, tokenizer


def write_cross_encoder(folder: Path, *, labels: int = 1, seed: int = 0, named: Sequence[str] = ()) -> Path:
    """A BERT of two layers with a classifier's head; written once. `named` gives its outputs, as many as there are."""
    if folder.is_dir():
        return folder
    import torch
    from transformers import BertConfig, BertForSequenceClassification, PreTrainedTokenizerFast

    torch.manual_seed(seed)
    names = {"id2label": dict(enumerate(named)), "label2id": {name: place for place, name in enumerate(named)}}
    config = BertConfig(
        vocab_size=SHAPE.vocabulary, hidden_size=32, num_hidden_layers=2, num_attention_heads=2,
        intermediate_size=64, max_position_embeddings=SHAPE.positions, initializer_range=0.5,
        **(names if named else {"num_labels": labels}),
    )  # fmt: skip
    BertForSequenceClassification(config).save_pretrained(folder)
    PreTrainedTokenizerFast(
        tokenizer_object=tokenizer(), bos_token="<s>", eos_token="</s>", cls_token="<s>", sep_token="</s>",
        pad_token="<pad>", unk_token="<unk>", model_max_length=SHAPE.positions,
    ).save_pretrained(folder)  # fmt: skip
    return folder
