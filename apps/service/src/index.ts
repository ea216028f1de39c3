export { budgetSentence, detectionBudget } from "./budget.ts";
export { type ConfigResult, parseConfig, type ServiceConfig } from "./config.ts";
export { createLoggers, type Loggers } from "./logger.ts";
export { type RunningService, type ServiceOptions, startService } from "./serve.ts";
export { ServiceError, type ServiceErrorCode } from "./service-error.ts";
