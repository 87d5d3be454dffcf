import { Content } from './content.entity.js';
import { MediaItem } from './media-item.entity.js';
import { Organization } from './organization.entity.js';

export const CONTENT_ENTITIES: readonly Function[] = [Organization, MediaItem, Content];
