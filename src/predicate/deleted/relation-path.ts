/** What a property leads to, as TypeORM sees it in its find options; never for a plain column. */
type Target<Property> =
  Property extends Promise<infer Loaded>
    ? Target<NonNullable<Loaded>>
    : Property extends readonly (infer One)[]
      ? Target<NonNullable<One>>
      : Property extends Date | Uint8Array | Function
        ? never
        : Property extends object
          ? Property
          : never;

type RelationKey<Entity> = {
  [Key in keyof Entity & string]-?: [Target<NonNullable<Entity[Key]>>] extends [never]
    ? never
    : Key;
}[keyof Entity & string];

type Next<Entity, Key extends keyof Entity> = Target<NonNullable<Entity[Key]>>;

type Last<Entity> = RelationKey<Entity> | `${RelationKey<Entity>}.${string}`;

type Second<Entity> = {
  [Key in RelationKey<Entity>]: Key | `${Key}.${Last<Next<Entity, Key>>}`;
}[RelationKey<Entity>];

/** `comments`, `comments.author`: typed for two relations, since each further one multiplies the names. */
export type RelationPath<Entity> = string extends keyof Entity ? string : Second<Entity>;
