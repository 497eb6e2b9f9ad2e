"""A tiny random sentence-transformers model, made here; torch is imported only when it is asked for."""

import importlib.util
import json
from pathlib import Path

from embedding.model_samples import SHAPE, tokenizer


def transformers_installed() -> bool:
    return importlib.util.find_spec("sentence_transformers") is not None


def write_sentence_transformer(folder: Path, *, prompts: dict[str, str] | None = None, seed: int = 0) -> Path:
    """A BERT of two layers with mean pooling; written once."""
    if folder.is_dir():
        return folder
    import torch
    from transformers import BertConfig, BertModel, PreTrainedTokenizerFast

    torch.manual_seed(seed)
    config = BertConfig(
        vocab_size=SHAPE.vocabulary, hidden_size=32, num_hidden_layers=2, num_attention_heads=2,
        intermediate_size=64, max_position_embeddings=SHAPE.positions,
    )  # fmt: skip
    BertModel(config, add_pooling_layer=False).save_pretrained(folder)
    PreTrainedTokenizerFast(
        tokenizer_object=tokenizer(), bos_token="<s>", eos_token="</s>", cls_token="<s>", sep_token="</s>",
        pad_token="<pad>", unk_token="<unk>", model_max_length=SHAPE.positions,
    ).save_pretrained(folder)  # fmt: skip
    modules = [
        {"idx": 0, "name": "0", "path": "", "type": "sentence_transformers.models.Transformer"},
        {"idx": 1, "name": "1", "path": "1_Pooling", "type": "sentence_transformers.models.Pooling"},
    ]
    (folder / "modules.json").write_text(json.dumps(modules))
    (folder / "1_Pooling").mkdir()
    pooling = {"word_embedding_dimension": 32, "pooling_mode_mean_tokens": True}
    (folder / "1_Pooling" / "config.json").write_text(json.dumps(pooling))
    if prompts is not None:
        (folder / "config_sentence_transformers.json").write_text(json.dumps({"prompts": prompts}))
    return folder
