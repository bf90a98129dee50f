"""Questions of the after-sales pages, over several rooms."""
