"""What the training scripts of the examples share."""
