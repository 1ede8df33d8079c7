"""What a killed run or a deleted file left behind, put in order before the next run."""
