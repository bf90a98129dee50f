"""What this room does for the kernel's registries."""
