import { makePostgresLedger } from "./postgres.ts";
import { describeLedger } from "./suite.ts";

describeLedger("the engine on PostgreSQL", makePostgresLedger);
