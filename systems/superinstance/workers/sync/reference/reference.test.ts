import { testReference } from "#lib/testing/reference";
import { REFERENCE } from ".";

testReference(REFERENCE, 3);
