"""What a plan is and how a month comes out of it: steps over facts, pools, lines, trace, corrections."""
