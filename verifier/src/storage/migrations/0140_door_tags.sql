-- An answer is told to one agent of the door, which journals it: two agents at one checkpoint make one passage.
ALTER TABLE door_tap ADD COLUMN told_to text COLLATE "C";
-- Touches that opened a wallet; the chip's counter also counts reads that nobody sent here.
ALTER TABLE door_tag ADD COLUMN touches integer NOT NULL DEFAULT 0;
