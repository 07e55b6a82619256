import { Button, Card, Center, Group, NumberInput, Select, Stack, Text, TextInput, Title } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useDocumentTitle } from "@mantine/hooks";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Navigate } from "@tanstack/react-router";
import { lazy, Suspense, useEffect } from "react";
import { useTranslation } from "react-i18next";
import { api, setCsrf } from "../../api/client";
import { fieldErrors } from "../../api/problem";
import { sessionQuery, setUpQuery } from "../../api/session";
import { Password } from "../../shared/Password";
import { ProblemAlert } from "../../shared/ProblemAlert";
import { zones } from "../../shared/zones";
import { LanguageMenu } from "../../shell/Shell";

const PlaceMap = lazy(() => import("../../shared/PlaceMap"));

const draft = "draft::set-up";

/** The first start: the first administrator, the school, and where it is. */
export default function SetUpPage() {
  const { t } = useTranslation("set-up");
  const client = useQueryClient();
  const setUp = useQuery(setUpQuery);
  useDocumentTitle(`${t("title")} · FaceAttendance`);

  const form = useForm({
    initialValues: {
      school_name: "",
      time_zone: Intl.DateTimeFormat().resolvedOptions().timeZone,
      site_name: t("siteNameInitially"),
      place: null as { latitude: number; longitude: number } | null,
      radius_m: 100,
      username: "",
      password: "",
    },
    validate: { school_name: (text) => (text.trim() ? null : t("faults.schoolName")) },
    onValuesChange: ({ password: _, ...rest }) => sessionStorage.setItem(draft, JSON.stringify(rest)),
  });
  useEffect(() => {
    // What was typed before a reload; a password is not among it.
    const stored = sessionStorage.getItem(draft);
    if (stored) form.setValues({ ...form.values, ...JSON.parse(stored) });
  }, []);

  const fixedZone = setUp.data?.time_zone;
  useEffect(() => {
    if (fixedZone) form.setFieldValue("time_zone", fixedZone);
  }, [fixedZone]);

  const make = useMutation({
    mutationFn: async () => {
      const { place, site_name, radius_m, school_name, time_zone, username, password } = form.values;
      const site = place && { name: site_name, ...place, radius_m };
      return (await api.POST("/api/v1/setup", { body: { username, password, school_name: school_name.trim(), time_zone, site } })).data!;
    },
    onSuccess: (session) => {
      setCsrf(session.csrf_token ?? null);
      sessionStorage.removeItem(draft);
      client.setQueryData(setUpQuery.queryKey, { needed: false, allowed: false, time_zone: null });
      client.setQueryData(sessionQuery.queryKey, session);
    },
    onError: (error) => form.setErrors(fieldErrors(error)),
  });
  if (setUp.data && !setUp.data.needed) return <Navigate to="/" />;

  return (
    <Center component="main" mih="100dvh" p="md">
      <Card withBorder shadow="sm" padding="xl" w="100%" maw={640}>
        <form onSubmit={form.onSubmit(() => make.mutate())}>
          <Stack>
            <Group justify="space-between" wrap="nowrap">
              <Title order={1} size="h3">
                {t("title")}
              </Title>
              <LanguageMenu />
            </Group>
            <Text c="dimmed">{t("intro")}</Text>
            <Title order={2} size="h4">
              {t("school")}
            </Title>
            <TextInput label={t("schoolName")} required {...form.getInputProps("school_name")} />
            <Select
              label={t("timeZone")}
              description={t(setUp.data?.time_zone ? "timeZoneFixed" : "timeZoneWhy")}
              data={zones}
              searchable
              required
              disabled={!!setUp.data?.time_zone}
              limit={50}
              {...form.getInputProps("time_zone")}
            />
            <Title order={2} size="h4">
              {t("place")}
            </Title>
            <Text size="sm" c="dimmed">
              {t("placeWhy")}
            </Text>
            <Suspense fallback={null}>
              <PlaceMap
                place={form.values.place}
                radius={form.values.radius_m}
                onChoose={(place) => form.setFieldValue("place", place)}
                label={t("map")}
              />
            </Suspense>
            <Group grow align="start">
              <NumberInput
                label={t("latitude")}
                min={-90}
                max={90}
                decimalScale={7}
                hideControls
                value={form.values.place?.latitude ?? ""}
                onChange={(value) =>
                  form.setFieldValue(
                    "place",
                    value === "" ? null : { latitude: Number(value), longitude: form.values.place?.longitude ?? 0 },
                  )
                }
              />
              <NumberInput
                label={t("longitude")}
                min={-180}
                max={180}
                decimalScale={7}
                hideControls
                value={form.values.place?.longitude ?? ""}
                onChange={(value) =>
                  form.setFieldValue(
                    "place",
                    value === "" ? null : { latitude: form.values.place?.latitude ?? 0, longitude: Number(value) },
                  )
                }
              />
              <NumberInput label={t("radius")} min={5} max={10000} {...form.getInputProps("radius_m")} />
            </Group>
            <Title order={2} size="h4">
              {t("administrator")}
            </Title>
            <TextInput label={t("username")} autoComplete="username" autoCapitalize="none" required {...form.getInputProps("username")} />
            <Password
              label={t("password")}
              description={t("passwordRule")}
              autoComplete="new-password"
              {...form.getInputProps("password")}
            />
            <ProblemAlert error={make.error ?? setUp.error} />
            <Button type="submit" loading={make.isPending}>
              {t("make")}
            </Button>
          </Stack>
        </form>
      </Card>
    </Center>
  );
}
