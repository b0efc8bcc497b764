-- When the reader read somebody, by the reader's clock: a tap that confirms was read after what it confirms was shown.
ALTER TABLE window_arrival ADD COLUMN read_at timestamptz;
