"""What of a question is stored: the newest period, the nearest to what is not there and why it is not, the codes that have figures."""
