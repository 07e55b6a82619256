import { Alert, Button, Card, Group, Loader, SimpleGrid, Stack, Table, Text, Title } from "@mantine/core";
import { IconRefresh } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { lazy, Suspense } from "react";
import { useTranslation } from "react-i18next";
import { api, type Schemas } from "../../api/client";
import { Empty } from "../../shared/Empty";
import { Page } from "../../shared/Page";
import { PageLink } from "../../shared/PageLink";
import { ProblemAlert } from "../../shared/ProblemAlert";

const ScoreChart = lazy(() => import("./ScoreChart"));

type Scores = Schemas["GalleryScores"];
type Rate = Schemas["MeasuredRate"];

/** Where the threshold lies in this school's gallery, what errors follow, and who looks like whom. */
export default function RecognitionPage() {
  const { t } = useTranslation("recognition");
  // One after the other: the server goes through the gallery for one caller at a time.
  const looked = useQuery({
    queryKey: ["gallery"],
    staleTime: 300_000,
    queryFn: async () => {
      const scores = (await api.GET("/api/v1/gallery/scores")).data!;
      return { scores, survey: (await api.GET("/api/v1/gallery/similarities")).data! };
    },
  });
  return (
    <Page
      title={t("common:pages.recognition")}
      actions={
        <Button variant="default" leftSection={<IconRefresh size={16} />} loading={looked.isFetching} onClick={() => void looked.refetch()}>
          {t("again")}
        </Button>
      }
    >
      <ProblemAlert error={looked.error} retry={() => void looked.refetch()} />
      {looked.data && (
        <>
          <Numbers scores={looked.data.scores} />
          <Lookalikes
            pairs={looked.data.survey.lookalikes}
            lookedAt={looked.data.survey.looked_at}
            students={looked.data.survey.students}
          />
        </>
      )}
    </Page>
  );
}

function Numbers({ scores }: { scores: Scores }) {
  const { t, i18n } = useTranslation("recognition");
  const number = new Intl.NumberFormat(i18n.language);
  if (scores.students === 0) return <Empty action={<PageLink to="/students">{t("toStudents")}</PageLink>}>{t("empty")}</Empty>;
  return (
    <Stack>
      <Text size="sm">
        {t("inForce", {
          students: number.format(scores.students),
          templates: number.format(scores.templates),
          threshold: number.format(scores.threshold),
        })}
      </Text>
      <Card withBorder>
        <Title order={2} size="h4">
          {t("chart")}
        </Title>
        <Text size="sm" c="dimmed" mb="xs">
          {t("chartWhat")}
        </Text>
        <Suspense
          fallback={
            <Group justify="center" h={320}>
              <Loader />
            </Group>
          }
        >
          <ScoreChart scores={scores} />
        </Suspense>
      </Card>
      <SimpleGrid cols={{ base: 1, md: 3 }}>
        <RateCard title={t("missed")} what={t("missedWhat")} rate={scores.false_non_match} />
        <RateCard title={t("taken")} what={t("takenWhat")} rate={scores.false_match} />
        <Strangers scores={scores} />
      </SimpleGrid>
    </Stack>
  );
}

function usePercent() {
  const { i18n } = useTranslation();
  return (rate: number) => new Intl.NumberFormat(i18n.language, { style: "percent", maximumSignificantDigits: 2 }).format(rate);
}

function RateCard({ title, what, rate }: { title: string; what: string; rate: Rate }) {
  const { t, i18n } = useTranslation("recognition");
  const percent = usePercent();
  const number = new Intl.NumberFormat(i18n.language, { maximumFractionDigits: 0 });
  return (
    <Card withBorder>
      <Title order={2} size="h4">
        {title}
      </Title>
      <Text size="xl" fw={600}>
        {rate.rate === null ? "–" : percent(rate.rate)}
      </Text>
      <Text size="sm">{t("interval", { low: percent(rate.low), high: percent(rate.high) })}</Text>
      <Text size="sm" c="dimmed">
        {t("from", { errors: number.format(rate.errors), comparisons: number.format(rate.comparisons) })}
      </Text>
      <Text size="sm" c="dimmed">
        {what}
      </Text>
      {rate.too_few && (
        <Alert color="yellow" mt="xs" p="xs">
          {t("tooFew")}
        </Alert>
      )}
    </Card>
  );
}

function Strangers({ scores: { strangers_named: strangers, false_match: match, students } }: { scores: Scores }) {
  const { t, i18n } = useTranslation("recognition");
  const percent = usePercent();
  return (
    <Card withBorder>
      <Title order={2} size="h4">
        {t("strangers")}
      </Title>
      <Text size="xl" fw={600}>
        {strangers.calibrated === null ? "–" : percent(strangers.calibrated)}
      </Text>
      <Text size="sm">{t("calibrated")}</Text>
      <Text size="sm" c="dimmed">
        {strangers.rate === null
          ? t("notMeasured")
          : t("measured", {
              rate: percent(strangers.rate),
              low: percent(strangers.low),
              high: percent(strangers.high),
              students: new Intl.NumberFormat(i18n.language).format(students),
            })}
      </Text>
      {match.too_few && (
        <Alert color="yellow" mt="xs" p="xs">
          {t("tooFew")}
        </Alert>
      )}
    </Card>
  );
}

function Lookalikes({ pairs, lookedAt, students }: { pairs: Schemas["Lookalikes"][]; lookedAt: number; students: number }) {
  const { t, i18n } = useTranslation("recognition");
  const number = new Intl.NumberFormat(i18n.language);
  return (
    <Card withBorder>
      <Title order={2} size="h4">
        {t("lookalikes")}
      </Title>
      <Text size="sm" c="dimmed" mb="xs">
        {t("lookalikesWhat", { looked: number.format(lookedAt), students: number.format(students) })}
      </Text>
      {pairs.length === 0 ? (
        <Text size="sm">{t("noLookalikes")}</Text>
      ) : (
        <Table>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>{t("student")}</Table.Th>
              <Table.Th>{t("other")}</Table.Th>
              <Table.Th>{t("similarity")}</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {pairs.map((pair) => (
              <Table.Tr key={`${pair.student_id} ${pair.other_id}`}>
                {[pair.student_id, pair.other_id].map((id) => (
                  <Table.Td key={id}>
                    <PageLink to={`/students/${encodeURIComponent(id)}`}>{id}</PageLink>
                  </Table.Td>
                ))}
                <Table.Td>{number.format(pair.similarity)}</Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      )}
    </Card>
  );
}
