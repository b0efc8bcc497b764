-- Topics of what students chose to tell this service, by week and campus. Nothing in these tables leads to a person or
-- a case, and a week is counted once, when it is over: two answers a day apart cannot be subtracted.
CREATE TABLE topic_week (
  week date PRIMARY KEY CHECK (extract(isodow FROM week) = 1),
  counted_at timestamptz NOT NULL
);
CREATE TABLE topic_count (
  week date NOT NULL REFERENCES topic_week (week),
  service text COLLATE "C" NOT NULL,
  topic text COLLATE "C" NOT NULL,
  campus text NOT NULL,
  -- At least that many different people wrote them.
  cases integer NOT NULL CHECK (cases >= 5),
  PRIMARY KEY (week, service, topic, campus)
);

-- Every question that was asked of the counts, for the data-protection officer.
CREATE TABLE trend_query (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  at timestamptz NOT NULL,
  asked_by text NOT NULL,
  from_week date NOT NULL,
  until_week date NOT NULL
);
