"""PostgreSQL: the engine, the tables and one store per subject."""
