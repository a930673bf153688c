"""Figures: what a scenario measured, and how far it is from what was aimed at."""

import statistics
from dataclasses import dataclass, field


# A third nginx, with a cache of open files that is larger than the work: shown beside, as few run it like that and it
# needs to know the work before.
TUNED = "tuned"


@dataclass(frozen=True)
class Metric:
    key: str
    label: str
    digits: int
    lower_is_better: bool = True
    # At most one aim: for Larder's ratio to the best peer, or for Larder's own figure.
    ratio_aim: float | None = None
    own_aim: float | None = None


@dataclass
class Table:
    """Samples of the same work by several contenders; the n-th samples of all belong to one round."""

    title: str
    metrics: list
    samples: dict = field(default_factory=dict)  # contender -> [{metric key: figure}, ...]
    notes: list = field(default_factory=list)

    def add(self, contender, sample):
        self.samples.setdefault(contender, []).append(sample)

    def median(self, contender, metric):
        return statistics.median(sample[metric.key] for sample in self.samples[contender])

    def best_peer(self, metric):
        """The nginx configuration with the better median."""
        peers = [name for name in self.samples if name.startswith("nginx")]  # TUNED is judged apart
        choose = min if metric.lower_is_better else max
        return choose(peers, key=lambda name: self.median(name, metric)) if peers else None

    def ratio(self, metric, peer=None):
        """Median over the rounds of Larder's figure by `peer`'s (the best one's) of the same round; None without either."""
        peer = peer or self.best_peer(metric)
        if peer not in self.samples or "larder" not in self.samples:
            return None
        pairs = zip(self.samples["larder"], self.samples[peer])
        ratios = [ours[metric.key] / theirs[metric.key] for ours, theirs in pairs if theirs[metric.key]]
        return statistics.median(ratios) if ratios else None

    def verdict(self, metric):
        """(text of the aim, whether it is reached), or None where there is no aim or no Larder."""
        if "larder" not in self.samples:
            return None
        if metric.ratio_aim is not None:
            figure, aim, unit = self.ratio(metric), metric.ratio_aim, " x nginx"
        elif metric.own_aim is not None:
            figure, aim, unit = self.median("larder", metric), metric.own_aim, ""
        else:
            return None
        if figure is None:
            return None
        reached = figure <= aim if metric.lower_is_better else figure >= aim
        return f"{'<=' if metric.lower_is_better else '>='} {aim:g}{unit}", reached

    def as_json(self):
        return {
            "title": self.title,
            "notes": self.notes,
            "samples": self.samples,
            "medians": {name: {metric.key: self.median(name, metric) for metric in self.metrics}
                        for name in self.samples},
            "ratios": {metric.key: {"best_peer": self.best_peer(metric), "larder_by_best_peer": self.ratio(metric)}
                       for metric in self.metrics},
            "ratios_to_tuned": {metric.key: self.ratio(metric, TUNED) for metric in self.metrics},
            "aims": {metric.key: {"aim": verdict[0], "reached": verdict[1]}
                     for metric in self.metrics if (verdict := self.verdict(metric))},
        }

    def as_text(self):
        """The table for people: a row a metric, a column a contender."""
        head = ["median", *self.samples, "larder/nginx", "larder/tuned", "aim"]
        rows = [[metric.label, *(f"{self.median(name, metric):.{metric.digits}f}" for name in self.samples),
                 *self._judgement(metric)] for metric in self.metrics]
        widths = [max(len(row[column]) for row in [head, *rows]) for column in range(len(head))]
        lines = [f"{self.title}  ({len(next(iter(self.samples.values())))} rounds)"]
        for row in [head, *rows]:
            cells = [cell.ljust(width) if column in (0, len(head) - 1) else cell.rjust(width)
                     for column, (cell, width) in enumerate(zip(row, widths))]
            lines.append("  " + "  ".join(cells).rstrip())
        return "\n".join(lines + [f"  note: {note}" for note in self.notes])

    def _judgement(self, metric):
        verdict = self.verdict(metric)
        ratios = [self.ratio(metric), self.ratio(metric, TUNED)]
        return [*("-" if ratio is None else f"{ratio:.2f}x" for ratio in ratios),
                "" if verdict is None else f"{verdict[0]}: {'reached' if verdict[1] else 'MISSED'}"]
