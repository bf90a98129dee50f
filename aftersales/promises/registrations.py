"""What this room does for the kernel's registries."""

from aftersales.promises import metrics

metrics.register()
