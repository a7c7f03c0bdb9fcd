"""Work added to an order: findings, related work, quotes, approval, decisions, what was put off."""
