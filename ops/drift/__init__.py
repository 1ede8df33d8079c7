"""What differs between the state of a stack and its account, judged: noise, drift, loss, repair."""
