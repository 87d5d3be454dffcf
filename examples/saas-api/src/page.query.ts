import { ApiPropertyOptional } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import { IsInt, IsOptional, IsString, Max, Min } from 'class-validator';

export class PageQuery {
  @ApiPropertyOptional({ type: Number, minimum: 1, maximum: 100, default: 20 })
  @IsOptional()
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(100)
  limit = 20;

  @ApiPropertyOptional({ type: String, description: 'The cursor that the page before ended with' })
  @IsOptional()
  @IsString()
  after?: string;
}

/** Left out and undefined are not the same to the compiler. */
export function pageOptions({ limit, after }: PageQuery): { limit: number; after?: string } {
  return { limit, ...(after === undefined ? {} : { after }) };
}
