// A cart with discounts.

export interface Item {
  name: string;
  price: number;
  count: number;
}

export type Discount = (total: number) => number;

export class Cart {
  private items: Item[] = [];
  private discounts: Discount[] = [];

  add(item: Item): void {
    const known = this.items.find((other) => other.name === item.name);
    if (known !== undefined) {
      known.count += item.count;
      return;
    }
    this.items.push({ ...item });
  }

  discount(rule: Discount): void {
    this.discounts.push(rule);
  }

  total(): number {
    const sum = this.items.reduce((total, item) => total + item.price * item.count, 0);
    return this.discounts.reduce((total, rule) => rule(total), sum);
  }

  get isEmpty(): boolean {
    return this.items.length === 0;
  }
}

export function percent(share: number): Discount {
  return (total) => total * (1 - share / 100);
}
