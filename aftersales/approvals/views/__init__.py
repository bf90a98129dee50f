"""Pages of approvers."""
