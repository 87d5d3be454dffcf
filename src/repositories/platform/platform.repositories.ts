import type { RepositoryClass } from '../domain.repository.js';
import { FeatureFlagRepository } from './feature-flag.repository.js';
import { NotificationRepository } from './notification.repository.js';
import { UsageRepository } from './usage.repository.js';
import { WebhookDeliveryRepository } from './webhook-delivery.repository.js';
import { WebhookRepository } from './webhook.repository.js';

export const PLATFORM_REPOSITORIES: readonly RepositoryClass[] = [
  FeatureFlagRepository,
  NotificationRepository,
  UsageRepository,
  WebhookDeliveryRepository,
  WebhookRepository,
];
