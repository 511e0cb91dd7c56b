"""Operating an installation: its identity, its engine's time, stuck work, figures, moving."""
