import { DailyUsage } from './daily-usage.view.js';
import { FeatureFlagOverride } from './feature-flag-override.entity.js';
import { FeatureFlag } from './feature-flag.entity.js';
import { Notification } from './notification.entity.js';
import { SeederHistory } from './seeder-history.entity.js';
import { UsageEvent } from './usage-event.entity.js';
import { WebhookDelivery } from './webhook-delivery.entity.js';
import { Webhook } from './webhook.entity.js';

export const PLATFORM_ENTITIES: readonly Function[] = [
  FeatureFlag,
  FeatureFlagOverride,
  Webhook,
  WebhookDelivery,
  Notification,
  UsageEvent,
  DailyUsage,
  SeederHistory,
];
