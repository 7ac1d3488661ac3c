"""What the model was given in one call: `lines` says it, `detail` shows it."""
