"""What the page of a run says to somebody who has never seen the project."""

EXPLAINED = {
    "key_points": "How much of what a right answer must say was said; a refusal says nothing.",
    "context_precision_by_id": "Of the ten passages found first, how many answer. Most questions"
    " are answered by one to three passages, so 0.1 to 0.3 is all there is to get.",
    "context_recall_by_id": "Of the passages that answer, how many are among those ten.",
    "refusal_precision": "Of what was refused, how much had to be.",
    "refusal_recall": "Of what had to be refused, how much was.",
}
SPLIT_WORDS = {
    "dev": "the half on which settings were chosen, so these figures are too kind",
    "test": "the half that took no part in choosing or fitting anything",
}
OF_ANSWERS = (
    "Right means: the question has an answer, and at least half of its key points are said."
    " Accuracy counts a rightful refusal as right, too. Citation precision is the share of"
    " citations that support their sentence, citation recall the share of sentences that are"
    " supported; answers about the path itself are left out of both."
)
OF_REFUSALS = (
    "“Off the path” are questions of another field, “near-miss” those of this field that the"
    " library does not answer. Precision: of what was answered, or refused with this reason, the"
    " share that had to be. Recall: of what had to be, the share that was."
)
OF_SEARCH = (
    "hit@5 is the share of questions with an answering passage among the first five; nDCG@10 says"
    " how good the first ten are against the best possible ten. bm25 searches by words alone,"
    " vectors by meaning alone; rrf, convex and distribution are ways of joining both. The product"
    " also keeps one source from filling the list, which costs nDCG@10 where the answer stands in"
    " several passages of one source."
)
OF_RAGAS = (
    "Scores as the RAGAS library computes them. quoted_spans is a number of quotations, not a"
    " share; rouge_score and non_llm_string_similarity compare letters with an answer written in"
    " other words and are low by nature."
)
