"""What words of a text mean by their form: numbers, quantities, periods, ranks, marks."""
