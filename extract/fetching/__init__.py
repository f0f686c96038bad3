"""From an address to an Exchange: one request with its rules (public addresses, robots.txt, rate, limits), judged."""
