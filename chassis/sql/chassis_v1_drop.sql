DROP TABLE idempotency_key;
DROP TABLE feed_cursor;
DROP TABLE feed_epoch;
DROP TABLE feed_event;
