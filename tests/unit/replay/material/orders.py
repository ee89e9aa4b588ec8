"""Orders of a small shop."""

from dataclasses import dataclass, field


@dataclass
class Line:
    article: str
    count: int
    price_cents: int

    def total_cents(self) -> int:
        return self.count * self.price_cents


@dataclass
class Order:
    customer: str
    lines: list[Line] = field(default_factory=list)
    is_paid: bool = False

    def add(self, article: str, count: int, price_cents: int) -> None:
        if count <= 0:
            raise ValueError("an order line needs a count")
        self.lines.append(Line(article, count, price_cents))

    def total_cents(self) -> int:
        return sum(line.total_cents() for line in self.lines)

    def pay(self, cents: int) -> int:
        """Take the money and return the change."""
        change = cents - self.total_cents()
        if change < 0:
            raise ValueError("that is not enough")
        self.is_paid = True
        return change


def largest(orders: list[Order]) -> Order | None:
    paid = [order for order in orders if order.is_paid]
    return max(paid, key=Order.total_cents, default=None)
