"""Bodies of requests and answers, and the strict JSON form of a questionnaire."""
