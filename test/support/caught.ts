/** The error that the work ends with; an error of its own if it ends well. */
export async function caught(work: Promise<unknown>): Promise<unknown> {
  try {
    await work;
  } catch (error) {
    return error;
  }
  throw new Error('This was expected to fail, and did not');
}
