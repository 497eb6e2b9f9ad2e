"""Opens the entailment model that the settings name."""

from sourcier_core.entailment.cross_encoder import CrossEncoderEntailment
from sourcier_core.ports import EntailmentModel
from sourcier_core.settings import Settings


def open_entailment(settings: Settings) -> EntailmentModel | None:
    """The model, or None where the settings name none.

    Raises:
        ConfigurationError: the model cannot be loaded, or is none for entailment.
        ExtraMissing: it needs the extra `transformers`.
    """
    if settings.entailment_model is None:
        return None
    return CrossEncoderEntailment.open(settings.entailment_model)
