"""Dense and sparse encoders, and the one-time preparation of the default model."""
