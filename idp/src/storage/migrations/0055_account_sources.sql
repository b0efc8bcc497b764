-- How far the register's feed has been followed; one row.
CREATE TABLE account_feed_progress (
  single boolean PRIMARY KEY DEFAULT true CHECK (single),
  cursor text NOT NULL,
  at timestamptz NOT NULL
);
