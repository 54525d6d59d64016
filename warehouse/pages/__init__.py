"""Pages that people send to each other, from answers, charts and what ``check`` says of their sentences."""
