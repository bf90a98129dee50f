"""What recognition gives to the kernel's registries."""
