"""What runs outside the daemon: processes that relay what the kernel cannot forward."""
