-- Which lessons on safety a customer has read.
CREATE TABLE identity.lesson_seen (
  customer_id text NOT NULL REFERENCES identity.customer,
  lesson text NOT NULL,
  seen_at timestamptz NOT NULL,
  PRIMARY KEY (customer_id, lesson)
);
