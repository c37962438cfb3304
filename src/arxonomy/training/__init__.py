"""Recipe and splits -> a run folder: weights, settings, metrics, curves; resumable."""
