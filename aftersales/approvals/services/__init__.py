"""The verbs of approvals: the only writers of their rows, beside the participant."""
