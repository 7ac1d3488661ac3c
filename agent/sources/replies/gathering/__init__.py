"""Tool calls out of the fragments that servers send of them."""
