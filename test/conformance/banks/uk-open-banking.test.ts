import { describeBank, sandboxSubject } from "./suite.ts";

describeBank(() => sandboxSubject("albion"));
