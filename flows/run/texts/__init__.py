"""What a run does with texts: articles that came together loaded as one, their claims checked, a second reader asked."""
