CREATE TABLE "registry" (
	"id" integer PRIMARY KEY NOT NULL,
	"epoch" integer NOT NULL
);
--> statement-breakpoint
INSERT INTO registry (id, epoch) VALUES (1, 0);
--> statement-breakpoint
-- In the transaction of the change itself: who reads the new state reads the new number, and nobody earlier.
CREATE FUNCTION move_epoch() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO registry (id, epoch) VALUES (1, 1) ON CONFLICT (id) DO UPDATE SET epoch = registry.epoch + 1;
  RETURN NULL;
END $$;
--> statement-breakpoint
CREATE TRIGGER client_moves_epoch AFTER INSERT OR UPDATE OR DELETE ON client FOR EACH STATEMENT EXECUTE FUNCTION move_epoch();
--> statement-breakpoint
CREATE TRIGGER organization_moves_epoch AFTER INSERT OR UPDATE OR DELETE ON organization FOR EACH STATEMENT EXECUTE FUNCTION move_epoch();
