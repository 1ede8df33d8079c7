import type { ProviderName } from "../models/catalog";
import { ANTHROPIC } from "./anthropic";
import { OPENAI } from "./openai";
import type { Provider } from "./provider";

/** The providers by name. */
export const PROVIDER: Readonly<Record<ProviderName, Provider>> = { anthropic: ANTHROPIC, openai: OPENAI };
