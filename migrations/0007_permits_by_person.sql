DROP INDEX "permit_lookup";--> statement-breakpoint
DROP INDEX "rule_lookup";--> statement-breakpoint
DROP INDEX "permit_person";--> statement-breakpoint
DROP INDEX "rule_person";--> statement-breakpoint
CREATE INDEX "permit_audience" ON "permit" USING btree ("audience");--> statement-breakpoint
CREATE INDEX "permit_person" ON "permit" USING btree ("person","audience","custodian");--> statement-breakpoint
CREATE INDEX "rule_person" ON "rule" USING btree ("person","audience","custodian");