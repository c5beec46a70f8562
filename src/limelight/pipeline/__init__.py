"""What happens to a call after it has ended: read, price, mask, cut, write, deliver."""
